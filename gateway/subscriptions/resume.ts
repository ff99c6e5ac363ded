// A subscription made resumable by an id beside its answers: the operation is rewritten so that each answer brings its event's
// cursor first, and so that a cursor can be put in as `after`, whatever the client selected and whatever variables it has.
import {
  type ArgumentNode,
  astFromValue,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  GraphQLBoolean,
  type GraphQLCompositeType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  Kind,
  type OperationDefinitionNode,
  parse,
  parseType,
  print,
  type SelectionSetNode,
  separateOperations,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';
import { ID, type Identified, SNAPSHOT, THING, takeEvent, takeId } from './hidden-fields.ts';
import type { SharedEvent } from './told-event.ts';

/**
 * The argument to go on behind, the field of an event that says where it stands, and the one that says that it tells how things are,
 * because what happened since is not known any more.
 */
const AFTER = 'after';
const CURSOR = 'cursor';
const IS_SNAPSHOT = 'snapshot';
const RESUME = '__lastEventId';

export interface Resumable {
  readonly document: DocumentNode;
  readonly source: string;
  /** The variable that a cursor goes into; undefined: the field takes none. */
  readonly after: string | undefined;
  /** Takes the event's id out of an answer; null where it brings none. */
  readonly takeId: (result: ExecutionResult) => Identified;
  /** The same with all that is hidden; an id that was asked for under our own name stays. */
  readonly takeEvent: (result: ExecutionResult) => SharedEvent;
}

/** What answers bring beside the cursor that no client sees. */
export interface Hidden {
  /**
   * By root field: a selection of one object on its event, without objects in it, that names the thing whose state it tells. A number
   * called `version` among its fields is what the states are ordered by.
   */
  readonly things: Readonly<Record<string, string>>;
  /** Whether everybody may see a field. */
  readonly isOpen: (parent: GraphQLCompositeType, field: string) => boolean;
}

/** Of a valid subscription. */
export function resumable(
  schema: GraphQLSchema,
  whole: DocumentNode,
  operationName: string | null,
  hidden?: Hidden,
): Resumable {
  const document = alone(whole, operationName);
  const operation = getOperationAST(document) as OperationDefinitionNode;
  const root = schema.getSubscriptionType() as GraphQLObjectType;
  const [first] = rootFields(document, operation.selectionSet);
  const field = first && root.getFields()[first.name.value];
  if (!first || !field) throw new TypeError('a valid subscription has a field of its schema');
  const argument = field.args.find(({ name }) => name === AFTER);
  const given = first.arguments?.find(({ name }) => name.value === AFTER)?.value;
  const added = argument && given?.kind !== Kind.VARIABLE ? definitionOf(argument, given) : undefined;
  const fields = getNamedType(field.type);
  const event = isObjectType(fields) || isInterfaceType(fields) ? fields : undefined;
  const cursor = event?.getFields()[CURSOR];
  const tells = cursor !== undefined && !cursor.args.some(isRequiredArgument);
  const telling = event && tells ? [cursorField, ...hiddenFields(event, first.name.value, hidden)] : [];
  const keepsId = first.selectionSet?.selections.some((node) => node.kind === Kind.FIELD && node.alias?.value === ID);
  const change = (node: FieldNode) => withFirst(added ? withAfter(node) : node, telling);
  const changed = mapRootFields(document, root.name, change, added);
  const key = first.alias?.value ?? first.name.value;
  return {
    document: changed,
    source: print(changed),
    after: added ? RESUME : given?.kind === Kind.VARIABLE ? given.name.value : undefined,
    takeId: (result) => (tells ? takeId(key, result) : { id: null, result }),
    takeEvent: (result) => (tells ? takeEvent(key, result, keepsId ?? false) : untold(result)),
  };
}

const untold = (result: ExecutionResult): SharedEvent => ({
  id: null,
  isSnapshot: false,
  thing: undefined,
  version: undefined,
  result,
});

/** The operation with its fragments and nothing else. */
function alone(document: DocumentNode, operationName: string | null): DocumentNode {
  const separated = separateOperations(document);
  const found = operationName ? separated[operationName] : Object.values(separated)[0];
  return found ?? document;
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])),
  );
}

function rootFields(document: DocumentNode, { selections }: SelectionSetNode): readonly FieldNode[] {
  const fragments = fragmentsOf(document);
  const within = ({ selections: below }: SelectionSetNode): FieldNode[] =>
    below.flatMap((node) => {
      if (node.kind === Kind.FIELD) return [node];
      const set = node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet : fragments.get(node.name.value)?.selectionSet;
      return set ? within(set) : [];
    });
  return within({ kind: Kind.SELECTION_SET, selections });
}

/** Fragments on the root type hold root fields too. */
function mapRootFields(
  document: DocumentNode,
  rootName: string,
  change: (node: FieldNode) => FieldNode,
  added: VariableDefinitionNode | undefined,
): DocumentNode {
  const within = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.map((node) => {
      if (node.kind === Kind.FIELD) return change(node);
      return node.kind === Kind.INLINE_FRAGMENT ? { ...node, selectionSet: within(node.selectionSet) } : node;
    }),
  });
  const definitions = document.definitions.map((node) => {
    if (node.kind === Kind.FRAGMENT_DEFINITION && node.typeCondition.name.value === rootName) {
      return { ...node, selectionSet: within(node.selectionSet) };
    }
    if (node.kind !== Kind.OPERATION_DEFINITION) return node;
    const variableDefinitions = [...(node.variableDefinitions ?? []), ...(added ? [added] : [])];
    return { ...node, variableDefinitions, selectionSet: within(node.selectionSet) };
  });
  return { ...document, definitions };
}

const nameOf = (value: string) => ({ kind: Kind.NAME, value }) as const;
const variable = { kind: Kind.VARIABLE, name: nameOf(RESUME) } as const;

/** What stood there, or the argument's own default, is what holds where no cursor is put in. */
function definitionOf(argument: GraphQLArgument, given: ValueNode | undefined): VariableDefinitionNode {
  const preset = argument.defaultValue === undefined ? undefined : astFromValue(argument.defaultValue, argument.type);
  const defaultValue = given ?? preset;
  return {
    kind: Kind.VARIABLE_DEFINITION,
    variable,
    type: parseType(String(argument.type)),
    // A literal within an operation's variables is constant: it cannot name another variable.
    ...(defaultValue ? { defaultValue: defaultValue as NonNullable<VariableDefinitionNode['defaultValue']> } : {}),
  };
}

function withAfter(node: FieldNode): FieldNode {
  const others = (node.arguments ?? []).filter(({ name }) => name.value !== AFTER);
  const after: ArgumentNode = { kind: Kind.ARGUMENT, name: nameOf(AFTER), value: variable };
  return { ...node, arguments: [...others, after] };
}

const cursorField: FieldNode = { kind: Kind.FIELD, alias: nameOf(ID), name: nameOf(CURSOR) };
const snapshotField: FieldNode = { kind: Kind.FIELD, alias: nameOf(SNAPSHOT), name: nameOf(IS_SNAPSHOT) };

function hiddenFields(
  event: GraphQLObjectType | GraphQLInterfaceType,
  root: string,
  hidden: Hidden | undefined,
): FieldNode[] {
  if (!hidden) return [];
  const snapshot = event.getFields()[IS_SNAPSHOT];
  const tells = snapshot !== undefined && getNullableType(snapshot.type) === GraphQLBoolean;
  const thing = hidden.things[root];
  return [
    ...(tells && !snapshot.args.some(isRequiredArgument) && hidden.isOpen(event, IS_SNAPSHOT) ? [snapshotField] : []),
    ...(thing === undefined ? [] : [thingField(thing)]),
  ];
}

function thingField(selection: string): FieldNode {
  const [definition] = parse(`{${THING}: ${selection}}`, { noLocation: true }).definitions;
  return (definition as OperationDefinitionNode).selectionSet.selections[0] as FieldNode;
}

/** First, so that they are found at the beginning of the answer's text. */
function withFirst(node: FieldNode, fields: readonly FieldNode[]): FieldNode {
  if (fields.length === 0 || !node.selectionSet) return node;
  const selections = [...fields, ...node.selectionSet.selections];
  return { ...node, selectionSet: { ...node.selectionSet, selections } };
}
