// What the first walk through a file finds.
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { returnedKey } from './earlier-sales.ts';
import { groupInvoices, readRows } from './reader.ts';
import { type Survey, surveyInvoices } from './survey.ts';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

function survey(...lines: string[]): Promise<Survey> {
  const bytes = Readable.from([Buffer.from([HEADER, ...lines].join('\n'))]);
  return surveyInvoices(groupInvoices(readRows(bytes)), '9506000999005');
}

test('codes that differ by case are one product, with what is sold of it in all', async () => {
  const { products } = await survey(
    '1,10a,TEA TOWEL,2,12/1/2010 8:26,3.95,7,UK',
    '2,10A,TEA TOWEL,3,12/2/2010 8:26,4.25,8,UK',
  );
  const known = { sku: '10A', title: 'TEA TOWEL', price: 425n, changedAt: '2010-12-02T08:26:00.000Z', sold: 5n };
  expect([...products.values()]).toEqual([known]);
});

test('a price of nothing does not replace a price, and what is only given away has none', async () => {
  const { products } = await survey(
    '1,10,A,2,12/1/2010 8:26,3.95,7,UK',
    '2,10,A,2,12/1/2010 8:26,0,7,UK',
    '2,11,B,2,12/1/2010 8:26,0,7,UK',
  );
  expect(products.get('10')?.price).toBe(395n);
  expect(products.get('11')?.price).toBeNull();
});

test('lines that move no goods make no product', async () => {
  expect((await survey('1,POST,POSTAGE,1,12/1/2010 8:26,18.00,7,UK')).products.size).toBe(0);
});

test('a customer is known from the first ticket on, wherever in the file it stands', async () => {
  const { customers } = await survey(
    '2,10,A,1,12/2/2010 9:00,1.00,7,UK',
    '1,10,A,1,12/1/2010 9:00,1.00,7,UK',
    '3,10,A,1,12/3/2010 9:00,1.00,,UK',
  );
  expect([...customers]).toEqual([['7', '2010-12-01T09:00:00.000Z']]);
});

test('what comes back is remembered by customer, and is no part of what is sold', async () => {
  const found = await survey('C1,10,A,-4,12/1/2010 8:26,1.00,7,UK');
  expect([...found.returned]).toEqual([returnedKey('7', '10')]);
  expect(found.products.get('10')?.sold).toBe(0n);
});

test('rows and money count whether or not a row can be taken; an invoice counts once', async () => {
  const found = await survey(
    '1,10,A,2,12/1/2010 8:26,1.50,7,UK',
    '1,10,A,-1,12/1/2010 8:26,1.50,7,UK',
    'C2,10,A,-1,12/1/2010 8:26,0.25,7,UK',
    '1,10,A,4,12/1/2010 8:26,1.00,7,UK',
    '3,10,A,x,12/1/2010 8:26,1.00,7,UK',
  );
  expect(found).toMatchObject({ rows: 5, invoices: 3, pieces: 4, money: 525n, firstAt: '2010-12-01T08:26:00.000Z' });
});
