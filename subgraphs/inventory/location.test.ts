// Specification of the ownership of locations.
import { describe, expect, it } from 'vitest';
import { decideUpsert, isTimeZone, type Location } from './location.ts';

const shop: Location = { gln: '4012345000016', name: 'High Street', kind: 'STORE', timeZone: 'Europe/London' };

describe('a location', () => {
  it('is written by the system that told of it first', () => {
    expect(decideUpsert('erp', [shop], [{ ...shop, system: 'erp' }])).toMatchObject({
      __typename: 'LocationsUpserted',
    });
    expect(decideUpsert('erp', [shop], [])).toMatchObject({ __typename: 'LocationsUpserted' });
  });

  it('of another system refuses the whole call with NOT_OWNER', () => {
    expect(decideUpsert('wms', [shop], [{ ...shop, system: 'erp' }])).toMatchObject({
      code: 'NOT_OWNER',
      owner: 'erp',
    });
  });

  it('is in a time zone that exists', () => {
    expect([isTimeZone('Europe/London'), isTimeZone('Europe/Atlantis')]).toEqual([true, false]);
  });
});
