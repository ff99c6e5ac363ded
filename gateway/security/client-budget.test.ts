// Which limits a client has, and a budget without Redis: at once, for each client by itself.
import { describe, expect, it } from 'vitest';
import { anonymous, type Principal } from '#platform/auth/principal.ts';
import { ClientBudgets } from './client-budget.ts';

const client = (clientId: string, ...roles: string[]): Principal => ({ sub: clientId, clientId, roles, scopes: [] });

describe('limits', () => {
  const budgets = new ClientBudgets(
    {
      '*': { cost: 100, perSecond: 5 },
      anonymous: { cost: 10 },
      'role:small': { cost: 20 },
      'role:large': { cost: 200, trustedOnly: true },
      'client:own': { cost: 1 },
    },
    undefined,
  );

  it.each([
    ['nobody known', anonymous, { cost: 10, perSecond: 5 }],
    ['a client of no kind', client('x', 'other'), { cost: 100, perSecond: 5 }],
    ['a client of a role', client('x', 'small'), { cost: 20, perSecond: 5 }],
    [
      'a client of two roles: those of the one that may spend more',
      client('x', 'small', 'large'),
      { cost: 200, perSecond: 5, trustedOnly: true },
    ],
    ['a client with limits of its own', client('own', 'large'), { cost: 1, perSecond: 5, trustedOnly: true }],
  ])('of %s', (_, principal, expected) => {
    expect(budgets.limitsOf(principal)).toEqual(expected);
  });
});

describe('a budget', () => {
  const budgets = () => new ClientBudgets({ '*': { perSecond: 0.001, burst: 100 } }, undefined);

  it('is what there is at once, then as long to wait as the rest takes', () => {
    const of = budgets();
    expect(of.take(client('a'), undefined, 60)).toBe(0);
    expect(of.take(client('a'), undefined, 60)).toBeGreaterThan(19_000_000);
    expect(of.take(client('a'), undefined, 40)).toBe(0);
  });

  it('is of one client, and without a token of one address', () => {
    const of = budgets();
    expect(of.take(client('a'), '::1', 100)).toBe(0);
    expect(of.take(client('b'), '::1', 100)).toBe(0);
    expect(of.take(anonymous, '203.0.113.1', 100)).toBe(0);
    expect(of.take(anonymous, '203.0.113.2', 100)).toBe(0);
    expect(of.take(anonymous, '203.0.113.2', 1)).toBeGreaterThan(0);
  });

  it('lets through, when full, what costs more than there ever is', () => {
    const of = budgets();
    expect(of.take(client('a'), undefined, 1_000_000)).toBe(0);
    expect(of.take(client('a'), undefined, 1)).toBeGreaterThan(0);
  });

  it('refills', async () => {
    const of = new ClientBudgets({ '*': { perSecond: 10_000, burst: 10 } }, undefined);
    expect(of.take(client('a'), undefined, 10)).toBe(0);
    await expect.poll(() => of.take(client('a'), undefined, 10)).toBe(0);
  });

  it('is not kept where none is set', () => {
    expect(new ClientBudgets({}, undefined).take(anonymous, undefined, 1e9)).toBe(0);
  });
});
