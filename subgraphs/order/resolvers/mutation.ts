// Mutations: each calls its command, whose outcome is the member of the result union.
import type { MutationResolvers } from '../__generated__/resolvers.ts';
import { closeBusinessDay } from '../commands/close-business-day.ts';
import { openBusinessDay } from '../commands/open-business-day.ts';
import { receiveReturn } from '../commands/receive-return.ts';
import { recordSale } from '../commands/record-sale.ts';
import { recordTransactions } from '../commands/record-transactions.ts';
import { requestReturn } from '../commands/request-return.ts';

export const mutation: MutationResolvers = {
  recordSale: (_, { input }, context) => recordSale(context, input),
  recordTransactions: (_, { input }, context) => recordTransactions(context, input),
  requestReturn: (_, { input }, context) => requestReturn(context, input),
  receiveReturn: (_, { input }, context) => receiveReturn(context, input),
  openBusinessDay: (_, { input }, context) => openBusinessDay(context, input),
  closeBusinessDay: (_, { input }, context) => closeBusinessDay(context, input),
};
