// Locations and who owns them: a location is changed only by the system of record that first told of it.
import { type NotOwner, notOwner } from './rejections.ts';

export const locationKinds = ['STORE', 'WAREHOUSE'] as const;

export interface Location {
  readonly gln: string;
  readonly name: string;
  readonly kind: (typeof locationKinds)[number];
  /** IANA name: Europe/London. */
  readonly timeZone: string;
}

export interface OwnedLocation extends Location {
  readonly system: string;
}

export interface LocationsUpserted {
  readonly __typename: 'LocationsUpserted';
  readonly locations: readonly Location[];
}
export type UpsertLocationsOutcome = LocationsUpserted | NotOwner;

/** All of them or none: a feed that holds a foreign location is wrong as a whole. `known` are those there already. */
export function decideUpsert(
  system: string,
  locations: readonly Location[],
  known: readonly OwnedLocation[],
): UpsertLocationsOutcome {
  const foreign = known.find((location) => location.system !== system);
  if (foreign) return notOwner(`Location ${foreign.gln}`, foreign.system);
  return { __typename: 'LocationsUpserted', locations };
}

/**
 * A location that tickets named before any system of record did. Stock there is real and must be shown, so it is told as a
 * shop without a name.
 */
export function untoldLocation(gln: string): Location {
  return { gln, name: gln, kind: 'STORE', timeZone: 'UTC' };
}

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
