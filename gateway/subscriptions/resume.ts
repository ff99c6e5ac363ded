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
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  Kind,
  type OperationDefinitionNode,
  parseType,
  print,
  type SelectionSetNode,
  separateOperations,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';
import { JsonText } from '../engine/engine.ts';

/** The argument to go on behind, and the field of an event that says where it stands. */
const AFTER = 'after';
const CURSOR = 'cursor';
/** Names that begin with two underscores are GraphQL's own: no client's schema or alias has them. */
const ID = '__eventId';
const RESUME = '__lastEventId';

export interface Resumable {
  readonly document: DocumentNode;
  readonly source: string;
  /** The variable that a cursor goes into; undefined: the field takes none. */
  readonly after: string | undefined;
  /** Takes the event's id out of an answer; null where it brings none. */
  readonly takeId: (result: ExecutionResult) => { readonly id: string | null; readonly result: ExecutionResult };
}

/** Of a valid subscription. */
export function resumable(schema: GraphQLSchema, whole: DocumentNode, operationName: string | null): Resumable {
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
  const cursor = isObjectType(fields) || isInterfaceType(fields) ? fields.getFields()[CURSOR] : undefined;
  const tells = cursor !== undefined && !cursor.args.some(isRequiredArgument);
  const change = (node: FieldNode) => withCursor(added ? withAfter(node) : node, tells);
  const changed = mapRootFields(document, root.name, change, added);
  const key = first.alias?.value ?? first.name.value;
  return {
    document: changed,
    source: print(changed),
    after: added ? RESUME : given?.kind === Kind.VARIABLE ? given.name.value : undefined,
    takeId: (result) => (tells ? takeId(key, result) : { id: null, result }),
  };
}

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

/** First, so that it is found at the beginning of the answer's text. */
function withCursor(node: FieldNode, tells: boolean): FieldNode {
  if (!tells || !node.selectionSet) return node;
  const cursor: FieldNode = { kind: Kind.FIELD, alias: nameOf(ID), name: nameOf(CURSOR) };
  const selections = [cursor, ...node.selectionSet.selections];
  return { ...node, selectionSet: { ...node.selectionSet, selections } };
}

/** What an id may not have in it: it would be read as something else, or as no id. */
const UNFIT = /[\0\r\n]/;
const STRING = /"(?:[^"\\]|\\.)*"/y;

function takeId(key: string, result: ExecutionResult): ReturnType<Resumable['takeId']> {
  const { data } = result;
  if (!((data as unknown) instanceof JsonText)) return takeFromObject(key, result);
  const { text } = data as unknown as JsonText;
  const start = `{${JSON.stringify(key)}:{`;
  const from = start.length + ID.length + 3;
  // A root that is null has no event in it.
  if (!text.startsWith(`${start}"${ID}":`)) return { id: null, result };
  STRING.lastIndex = from;
  const found = STRING.exec(text)?.[0] ?? 'null';
  const end = from + found.length;
  const rest = text.slice(text[end] === ',' ? end + 1 : end);
  const without = new JsonText(start + rest) as unknown as Record<string, unknown>;
  return { id: fit(JSON.parse(found)), result: { ...result, data: without } };
}

function takeFromObject(key: string, result: ExecutionResult): ReturnType<Resumable['takeId']> {
  const event = result.data?.[key] as Record<string, unknown> | null | undefined;
  if (!event || !(ID in event)) return { id: null, result };
  const { [ID]: id, ...rest } = event;
  return { id: fit(id), result: { ...result, data: { ...result.data, [key]: rest } } };
}

function fit(id: unknown): string | null {
  return typeof id === 'string' && !UNFIT.test(id) ? id : null;
}
