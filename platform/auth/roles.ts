// What each role of the demo's own tokens may do. An identity provider sends its own scopes instead.
export const scopesByRole = {
  shopper: ['returns:request', 'stock:reserve', 'orders:read', 'customers:read', 'loyalty:read'],
  store: [
    'sales:write',
    'returns:write',
    'days:write',
    'orders:read',
    'stock:read',
    'stock:reserve',
    'stock:adjust',
    'customers:read',
    'customers:write',
    'loyalty:read',
  ],
  operator: [
    'sales:write',
    'returns:write',
    'days:write',
    'orders:read',
    'stock:read',
    'stock:reserve',
    'stock:adjust',
    'customers:read',
    'customers:write',
    'loyalty:read',
    'schema:read',
  ],
  feed: ['feed:erp'],
} as const satisfies Record<string, readonly string[]>;

export type Role = keyof typeof scopesByRole;
