// Money: bigint minor units and an ISO 4217 code. Refuses unknown currencies, too many decimals, and mixing currencies.
import { formatDecimal, parseDecimal } from './decimal.ts';

export interface Money {
  readonly minor: bigint;
  readonly currency: string;
}

const noDecimals = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ');
const threeDecimals = 'BHD IQD JOD KWD LYD OMR TND'.split(' ');
const twoDecimals = (
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE ' +
  'CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD ' +
  'KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR ' +
  'PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU ' +
  'UZS VED VES WST XCD XCG YER ZAR ZMW ZWG'
).split(' ');

// A Map: a plain object would also know currencies called "constructor" and "toString".
const exponents = new Map([
  ...noDecimals.map((code) => [code, 0] as const),
  ...twoDecimals.map((code) => [code, 2] as const),
  ...threeDecimals.map((code) => [code, 3] as const),
]);

/** Decimals of a currency (JPY 0, GBP 2, KWD 3); null when ISO 4217 does not know it. */
export function currencyExponent(currency: string): number | null {
  return exponents.get(currency) ?? null;
}

function exponentOf(currency: string): number {
  const exponent = currencyExponent(currency);
  if (exponent === null) throw new RangeError(`${currency} is not an ISO 4217 currency code`);
  return exponent;
}

/** `parseMinor("12.50", "GBP")` → `1250n`; null when the text is not an amount of that currency. */
export function parseMinor(amount: string, currency: string): bigint | null {
  return parseDecimal(amount, exponentOf(currency));
}

export function money(minor: bigint, currency: string): Money {
  return { minor, currency };
}

export function formatMinor(minor: bigint, currency: string): string {
  return formatDecimal(minor, exponentOf(currency));
}

export function addMoney(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new RangeError(`cannot add ${b.currency} to ${a.currency}`);
  return { minor: a.minor + b.minor, currency: a.currency };
}

export function sumMinor(amounts: Iterable<bigint>): bigint {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
}
