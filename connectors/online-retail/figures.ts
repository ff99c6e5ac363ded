// Figures as people read them: 1,234 and −1,234.50 GBP.
import { formatMinor } from '#platform/kernel/money.ts';

export function count(n: number | bigint): string {
  return n.toLocaleString('en-GB');
}

export function pounds(pence: bigint): string {
  const [whole = '', fraction = ''] = formatMinor(pence < 0n ? -pence : pence, 'GBP').split('.');
  return `${pence < 0n ? '−' : ''}${count(BigInt(whole))}.${fraction} GBP`;
}
