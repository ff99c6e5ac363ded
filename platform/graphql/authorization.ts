// @authenticated and @requiresScopes, enforced in the subgraph by wrapping each resolver they stand on: the second line behind
// the gateway, and the only one for whoever reaches a subgraph directly.
import {
  type DirectiveNode,
  defaultFieldResolver,
  GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
} from 'graphql';
import { hasScopes, isAuthenticated, type Principal } from '../auth/principal.ts';
import type { GraphContext } from './context.ts';

interface Requirement {
  /** Any of these sets, each of which must be held whole; empty means a valid token is enough. */
  readonly anyOf: readonly (readonly string[])[];
}

interface Annotated {
  readonly astNode?: { readonly directives?: readonly DirectiveNode[] | undefined } | null | undefined;
  readonly extensionASTNodes?: readonly { readonly directives?: readonly DirectiveNode[] | undefined }[] | undefined;
}

function requirementsOf(element: Annotated): Requirement[] {
  const nodes = [...(element.astNode ? [element.astNode] : []), ...(element.extensionASTNodes ?? [])];
  return nodes.flatMap((node) => node.directives ?? []).flatMap(toRequirement);
}

function toRequirement(directive: DirectiveNode): Requirement[] {
  if (directive.name.value === 'authenticated') return [{ anyOf: [] }];
  if (directive.name.value !== 'requiresScopes') return [];
  const scopes = directive.arguments?.find((argument) => argument.name.value === 'scopes');
  if (!scopes || scopes.value.kind !== Kind.LIST) throw new TypeError('@requiresScopes needs a literal list of lists');
  return [{ anyOf: valueFromASTUntyped(scopes.value) as string[][] }];
}

function check(principal: Principal, requirements: readonly Requirement[], coordinate: string): void {
  for (const { anyOf } of requirements) {
    if (!isAuthenticated(principal)) {
      throw new GraphQLError(`${coordinate} needs a token: send it as "authorization: Bearer …"`, {
        extensions: { code: 'UNAUTHENTICATED' },
      });
    }
    if (anyOf.length > 0 && !hasScopes(principal, anyOf)) {
      const needed = anyOf.map((allOf) => allOf.join(' and ')).join(', or ');
      throw new GraphQLError(`${coordinate} needs the scope ${needed}`, { extensions: { code: 'FORBIDDEN' } });
    }
  }
}

function guard(
  field: GraphQLField<unknown, GraphContext>,
  requirements: readonly Requirement[],
  coordinate: string,
): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args, context, info) => {
    check(context.principal, requirements, coordinate);
    return resolve(source, args, context, info);
  };
  const subscribe = field.subscribe;
  if (!subscribe) return;
  field.subscribe = (source, args, context, info) => {
    check(context.principal, requirements, coordinate);
    return subscribe(source, args, context, info);
  };
}

/** Guards every field that carries a requirement itself, through its parent type, or through its return type. */
export function enforceAuthorization(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const ofParent = requirementsOf(type);
    for (const field of Object.values(type.getFields())) {
      const requirements = [...ofParent, ...requirementsOf(field), ...requirementsOf(getNamedType(field.type))];
      if (requirements.length > 0) guard(field, requirements, `${type.name}.${field.name}`);
    }
  }
  return schema;
}

/** A row that belongs to somebody else: said the same way everywhere. */
export function forbidden(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } });
}
