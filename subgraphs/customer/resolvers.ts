// The customer subgraph's resolvers: queries to loaders, mutations to commands.
import { identity } from '#contracts/identities.ts';
import { scalars } from '#contracts/scalars.ts';
import { parse } from '#platform/errors/parse.ts';
import type { Resolvers } from './__generated__/resolvers.ts';
import { linkIdentity } from './commands/link-identity.ts';
import { recordConsent } from './commands/record-consent.ts';
import { registerCustomer } from './commands/register-customer.ts';
import { updateCustomer } from './commands/update-customer.ts';
import { valuesOf } from './customer.ts';

export const resolvers: Resolvers = {
  ...scalars,
  Query: {
    customer: (_, { id }, { loaders }) => loaders.customer.load(id),
    customerByIdentity: (_, args, { loaders }) => loaders.byIdentity.load(parse(identity, args)),
  },
  Mutation: {
    registerCustomer: (_, { input }, context) => registerCustomer(context, input),
    linkIdentity: (_, { input }, context) => linkIdentity(context, input),
    updateCustomer: (_, { input }, context) => updateCustomer(context, input),
    recordConsent: (_, { input }, context) => recordConsent(context, input),
  },
  Customer: {
    __resolveReference: ({ id }, { loaders }) => loaders.customer.load(id),
    emails: (customer) => valuesOf(customer, 'EMAIL'),
    phones: (customer) => valuesOf(customer, 'PHONE'),
    consents: ({ id }, _, { loaders }) => loaders.consents.load(id),
  },
  IdentityTaken: {
    belongsTo: ({ customerId }, _, { loaders }) => loaders.customer.load(customerId),
  },
};
