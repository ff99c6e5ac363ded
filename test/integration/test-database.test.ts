// The kit's own promise: one migration per template, a clone per caller, nothing half made.
import { expect, test } from 'vitest';
import { newId } from '#platform/kernel/ids.ts';
import { query, templateDatabase } from '../kit/database.ts';

test('callers at once share one migration and get databases of their own', async () => {
  const name = `shared_${newId().toLowerCase()}`;
  let migrations = 0;
  const migrate = async (url: string) => {
    migrations += 1;
    await query(url, 'create table till (id int)');
  };
  const [one, two] = await Promise.all([templateDatabase(name, migrate), templateDatabase(name, migrate)]);
  await query(one.url, 'insert into till values (7)');
  expect(migrations).toBe(1);
  expect(await query(one.url, 'select id from till')).toEqual([{ id: 7 }]);
  expect(await query(two.url, 'select id from till')).toEqual([]);
  await Promise.all([one.drop(), two.drop()]);
});

test('a migration that fails leaves no template', async () => {
  const name = `broken_${newId().toLowerCase()}`;
  const failing = templateDatabase(name, (url) => query(url, 'select nothing_of_the_kind'));
  await expect(failing).rejects.toThrow('nothing_of_the_kind');
  const mended = await templateDatabase(name, (url) => query(url, 'create table till (id int)'));
  expect(await query(mended.url, 'select id from till')).toEqual([]);
  await mended.drop();
});
