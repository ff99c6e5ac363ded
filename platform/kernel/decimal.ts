// Exact decimals as scaled bigints: the arithmetic below Money and Quantity. Never a float.

const DECIMAL = /^(-?)(\d{1,24})(?:\.(\d{1,24}))?$/;

/** `"12.50"` at scale 2 → `1250n`; null when the text is no decimal or has more significant digits than the scale. */
export function parseDecimal(text: string, scale: number): bigint | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > scale) return null;
  const digits = BigInt(match[2] + fraction.padEnd(scale, '0'));
  return match[1] === '-' ? -digits : digits;
}

/** `1250n` at scale 2 → `"12.50"`; `trim` drops zeros at the end (`"12.5"`). */
export function formatDecimal(scaled: bigint, scale: number, trim = false): string {
  const sign = scaled < 0n ? '-' : '';
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(scale + 1, '0');
  if (scale === 0) return sign + digits;
  const whole = digits.slice(0, -scale);
  const fraction = trim ? digits.slice(-scale).replace(/0+$/, '') : digits.slice(-scale);
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** Division rounding half away from zero, as tills round. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = (2n * n + d) / (2n * d);
  return negative ? -quotient : quotient;
}

export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}
