// The demo's range as a table of families: each row becomes one item per style, each item one article per option. Pure.

/** How the articles of an item differ; the letters go into the article number. */
const choices = {
  one: [{}],
  colours: [{ Colour: 'Blue' }, { Colour: 'Cream' }, { Colour: 'Sage' }],
  pair: [{ Colour: 'Natural' }, { Colour: 'Charcoal' }],
  sizes: ['S', 'M', 'L', 'XL'].map((Size) => ({ Size })),
  shoes: ['37', '38', '39', '40', '41', '42'].map((Size) => ({ Size })),
  weights: [{ Pack: '250 g' }, { Pack: '1 kg' }],
} as const satisfies Record<string, readonly Readonly<Record<string, string>>[]>;

export interface Family {
  readonly code: string;
  readonly noun: string;
  readonly brand: string;
  readonly groups: readonly [string, string];
  /** Pence of the first style; each further one costs 50 more. */
  readonly pence: number;
  readonly choice: keyof typeof choices;
  readonly styles: readonly string[];
  readonly unit?: 'KG' | 'M';
  /** S standard, R reduced, Z zero. */
  readonly tax?: 'S' | 'R' | 'Z';
  readonly returnDays?: number | null;
}

const glaze = ['Speckled', 'Ribbed', 'Tall', 'Tiny', 'Camper', 'Reading', 'Harbour', 'Sunday', 'Studio'];
const knit = ['Breton', 'Fisherman', 'Cable', 'Harbour', 'Weekend', 'Merino', 'Cotton', 'Linen', 'Everyday', 'Raglan'];
const scent = ['Sea Salt', 'Fig Leaf', 'Cedar', 'Lavender', 'Rosemary', 'Orange Peel', 'Rain', 'Hay', 'Amber', 'Mint'];
const roast = ['House', 'Ethiopia', 'Colombia', 'Decaf', 'Espresso', 'Peru', 'Kenya', 'Sumatra', 'Filter', 'Breakfast'];
const print = ['Gull', 'Wave', 'Fern', 'Stripe', 'Pebble', 'Anchor', 'Meadow', 'Heron', 'Quilt', 'Plain'];
const size = ['Small', 'Medium', 'Large', 'Deep', 'Shallow', 'Oval', 'Square', 'Lidded', 'Nesting', 'Footed'];

export const families: readonly Family[] = [
  family('MUG', 'Mug', 'Harbour Pottery', ['Kitchen', 'Mugs'], 895, 'colours', ['', ...glaze]),
  family('BWL', 'Bowl', 'Harbour Pottery', ['Kitchen', 'Tableware'], 1_250, 'colours', size),
  family('PLT', 'Plate', 'Harbour Pottery', ['Kitchen', 'Tableware'], 1_050, 'colours', size.slice(0, 8)),
  family('PAN', 'Pan', 'Ironside', ['Kitchen', 'Cookware'], 3_900, 'one', size),
  family('KNF', 'Knife', 'Ironside', ['Kitchen', 'Cookware'], 2_400, 'one', [
    'Paring',
    'Bread',
    "Cook's",
    'Carving',
    'Oyster',
    'Utility',
  ]),
  family('BRD', 'Chopping Board', 'Ashdown', ['Kitchen', 'Cookware'], 1_900, 'one', size.slice(0, 6)),
  family('TOW', 'Tea Towel', 'Loom & Line', ['Kitchen', 'Textiles'], 750, 'pair', print),
  family('APR', 'Apron', 'Loom & Line', ['Kitchen', 'Textiles'], 2_200, 'pair', print.slice(0, 6)),
  family('CUS', 'Cushion', 'Loom & Line', ['Living', 'Textiles'], 2_800, 'pair', print),
  family('THR', 'Throw', 'Loom & Line', ['Living', 'Textiles'], 5_500, 'pair', print.slice(0, 8)),
  family('CAN', 'Candle', 'Wick Lane', ['Living', 'Scent'], 1_400, 'one', scent),
  family('SOP', 'Soap', 'Wick Lane', ['Bath', 'Soap'], 550, 'one', scent),
  family('LOT', 'Hand Lotion', 'Wick Lane', ['Bath', 'Skin'], 1_150, 'one', scent.slice(0, 8)),
  family('BTW', 'Bath Towel', 'Loom & Line', ['Bath', 'Towels'], 1_850, 'colours', print.slice(0, 8)),
  family('TEE', 'T-shirt', 'Quay', ['Clothing', 'Tops'], 2_200, 'sizes', knit),
  family('JMP', 'Jumper', 'Quay', ['Clothing', 'Knitwear'], 6_500, 'sizes', knit),
  family('SOX', 'Socks', 'Quay', ['Clothing', 'Accessories'], 800, 'pair', knit, { returnDays: 14 }),
  family('SHO', 'Deck Shoe', 'Quay', ['Clothing', 'Shoes'], 7_900, 'shoes', ['Canvas', 'Leather', 'Suede', 'Slip-on']),
  family('COF', 'Coffee', 'Gull & Grind', ['Food', 'Coffee'], 780, 'weights', roast, { tax: 'Z', returnDays: null }),
  family(
    'TEA',
    'Loose Tea',
    'Gull & Grind',
    ['Food', 'Tea'],
    3_200,
    'one',
    ['Assam', 'Darjeeling', 'Earl Grey', 'Green', 'Oolong', 'Peppermint'],
    { unit: 'KG', tax: 'Z', returnDays: null },
  ),
  family(
    'JAM',
    'Jam',
    'Hedgerow',
    ['Food', 'Larder'],
    480,
    'one',
    ['Strawberry', 'Damson', 'Blackberry', 'Apricot', 'Rhubarb', 'Quince', 'Plum', 'Fig'],
    { tax: 'Z', returnDays: null },
  ),
  family('CRD', 'Greeting Card', 'Press Yard', ['Paper', 'Cards'], 320, 'one', print),
  family('NTB', 'Notebook', 'Press Yard', ['Paper', 'Notebooks'], 950, 'colours', [
    'Lined',
    'Dotted',
    'Blank',
    'Squared',
    'Weekly',
  ]),
  family('RIB', 'Ribbon', 'Press Yard', ['Paper', 'Wrapping'], 180, 'colours', ['Satin', 'Cotton', 'Velvet'], {
    unit: 'M',
  }),
];

function family(
  code: string,
  noun: string,
  brand: string,
  groups: readonly [string, string],
  pence: number,
  choice: keyof typeof choices,
  styles: readonly string[],
  rest: Pick<Family, 'unit' | 'tax' | 'returnDays'> = {},
): Family {
  return { code, noun, brand, groups, pence, choice, styles, ...rest };
}

export function optionsOf(choice: keyof typeof choices): readonly Readonly<Record<string, string>>[] {
  return choices[choice];
}
