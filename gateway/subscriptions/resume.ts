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
  parse,
  parseType,
  print,
  type SelectionSetNode,
  separateOperations,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';
import { JsonText } from '../engine/engine.ts';
import type { SharedEvent } from './subscriber.ts';

/** The argument to go on behind, and the field of an event that says where it stands. */
const AFTER = 'after';
const CURSOR = 'cursor';
/** Names that begin with two underscores are GraphQL's own: no client's schema or alias has them. */
const ID = '__eventId';
const RESUME = '__lastEventId';
const THING = '__eventThing';

export interface Resumable {
  readonly document: DocumentNode;
  readonly source: string;
  /** The variable that a cursor goes into; undefined: the field takes none. */
  readonly after: string | undefined;
  /** Takes the event's id out of an answer; null where it brings none. */
  readonly takeId: (result: ExecutionResult) => { readonly id: string | null; readonly result: ExecutionResult };
  /** The same with the thing whose state it tells; an id that was asked for under our own name stays. */
  readonly takeEvent: (result: ExecutionResult) => SharedEvent;
}

/** What answers bring beside the cursor that no client sees. */
export interface Hidden {
  /** By root field: a selection of one object on its event, without objects in it, that names the thing whose state it tells. */
  readonly things: Readonly<Record<string, string>>;
}

/** Of a valid subscription. */
export function resumable(
  schema: GraphQLSchema,
  whole: DocumentNode,
  operationName: string | null,
  hidden: Hidden = { things: {} },
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
  const cursor = isObjectType(fields) || isInterfaceType(fields) ? fields.getFields()[CURSOR] : undefined;
  const tells = cursor !== undefined && !cursor.args.some(isRequiredArgument);
  const thing = tells ? hidden.things[first.name.value] : undefined;
  const telling = [...(tells ? [cursorField] : []), ...(thing === undefined ? [] : [thingField(thing)])];
  const keepsId = first.selectionSet?.selections.some((node) => node.kind === Kind.FIELD && node.alias?.value === ID);
  const change = (node: FieldNode) => withFirst(added ? withAfter(node) : node, telling);
  const changed = mapRootFields(document, root.name, change, added);
  const key = first.alias?.value ?? first.name.value;
  return {
    document: changed,
    source: print(changed),
    after: added ? RESUME : given?.kind === Kind.VARIABLE ? given.name.value : undefined,
    takeId: (result) => (tells ? takeId(key, result) : { id: null, result }),
    takeEvent: (result) => (tells ? takeEvent(key, result, keepsId ?? false) : { id: null, thing: undefined, result }),
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

const cursorField: FieldNode = { kind: Kind.FIELD, alias: nameOf(ID), name: nameOf(CURSOR) };

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

/** An object without objects in it. */
const FLAT = /\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}/y;

function takeEvent(key: string, given: ExecutionResult, keepsId: boolean): SharedEvent {
  const { id, result } = takeId(key, given);
  const text = ((result.data as unknown) instanceof JsonText && (result.data as unknown as JsonText).text) || '';
  const start = `{${JSON.stringify(key)}:{`;
  if (!text.startsWith(`${start}"${THING}":`)) return { id, thing: undefined, result: keepsId ? given : result };
  FLAT.lastIndex = start.length + THING.length + 3;
  const thing = FLAT.exec(text)?.[0] ?? 'null';
  const end = start.length + THING.length + 3 + thing.length;
  const rest = text.slice(text[end] === ',' ? end + 1 : end);
  const kept = keepsId ? `"${ID}":${JSON.stringify(id)}${rest.startsWith('}') ? '' : ','}` : '';
  const data = new JsonText(start + kept + rest) as unknown as Record<string, unknown>;
  return { id, thing: thing === 'null' ? undefined : thing, result: { ...result, data } };
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
