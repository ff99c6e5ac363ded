// The graphs the engine is tried on, each for what is hard in it.
import type { WorldDefinition } from './world.ts';

export const worlds: readonly WorldDefinition[] = [
  {
    name: 'shop: chains of @requires, @provides, several keys, lists of lists',
    subgraphs: {
      products: `
        type Query { product(id: ID!): Product products(first: Int = 3): [Product!]! shelves: [[Product]] }
        type Product @key(fields: "id") @key(fields: "upc") {
          id: ID! upc: ID! name: String! price(currency: Currency!): Int size: Size @shareable tags: [String!]! maker: Maker
        }
        type Size @shareable { width: Int height: Int }
        type Maker @key(fields: "id") { id: ID! name: String }
        enum Currency { EUR USD }`,
      inventory: `
        type Product @key(fields: "upc") {
          upc: ID! price(currency: Currency!): Int @external size: Size @external
          inStock: Int shipping: Int @requires(fields: "price(currency: EUR) size { width height }")
          duty: Int @requires(fields: "price(currency: USD)") warehouse: Warehouse!
        }
        type Size { width: Int @external height: Int @external }
        enum Currency { EUR USD }
        type Warehouse @key(fields: "id") { id: ID! city: String! }`,
      reviews: `
        type Query { reviews: [Review!]! }
        type Mutation { addReview(input: ReviewInput!): Review }
        input ReviewInput { text: String! stars: Int = 3 tags: [String!] }
        type Review @key(fields: "id") { id: ID! text: String! stars: Int author: User! @provides(fields: "name") product: Product }
        type User @key(fields: "id") { id: ID! name: String @external reviews: [Review!] }
        type Product @key(fields: "id") { id: ID! reviews: [Review!]! best: Review
          shippingNote: String @requires(fields: "shipping") shipping: Int @external }`,
      users: `
        type Query { me: User }
        type User @key(fields: "id") { id: ID! name: String @shareable born: Date email: String! }
        scalar Date`,
    },
  },
  {
    name: 'media: interfaces, unions, interface objects',
    subgraphs: {
      catalogue: `
        type Query { media: [Media!]! one: Media found: [Found] }
        interface Media @key(fields: "id") { id: ID! title: String owner: Owner }
        type Book implements Media @key(fields: "id") { id: ID! title: String owner: Owner pages: Int }
        type Film implements Media @key(fields: "id") { id: ID! title: String owner: Owner minutes: Int! kind: Kind }
        enum Kind { SHORT LONG HIDDEN @inaccessible }
        type Owner @key(fields: "id") { id: ID! name: String }
        union Found = Book | Film | Owner`,
      opinions: `
        type Query { top: [Media] opinions: [Opinion!]! }
        type Media @key(fields: "id") @interfaceObject { id: ID! opinions(min: Int): [Opinion!]! score: Float }
        type Opinion @key(fields: "id") { id: ID! text: String media: Media! by: Owner }
        type Owner @key(fields: "id") { id: ID! opinions: [Opinion!] }`,
      lending: `
        type Book @key(fields: "id") { id: ID! lentTo: Owner title: String @external label: String @requires(fields: "title") }
        type Film @key(fields: "id") { id: ID! lentTo: Owner }
        type Owner @key(fields: "id") { id: ID! lent: [Lent!]! }
        union Lent = Book | Film`,
    },
  },
  {
    name: 'moves: @override, shareable roots, keys that differ from subgraph to subgraph',
    subgraphs: {
      a: `
        type Query { things: [Thing!]! @shareable thing(id: ID!): Thing }
        type Thing @key(fields: "id") { id: ID! name: String note: String extra: Extra }
        type Extra @shareable { one: Int two: Int! }`,
      b: `
        type Query { things: [Thing!]! @shareable }
        type Thing @key(fields: "id") @key(fields: "code") { id: ID! code: ID! note: String @override(from: "a") parts: [Part!] }
        type Part { name: String! size: Int thing: Thing }`,
      c: `
        type Thing @key(fields: "code") @key(fields: "serial") { code: ID! serial: ID! weight: Float history: [Event!]! }
        interface Event { at: String! } 
        type Sold implements Event { at: String! price: Int! }
        type Moved implements Event { at: String! to: Place }
        type Place @key(fields: "serial") { serial: ID! name: String! }`,
      d: `
        type Thing @key(fields: "serial") { serial: ID! weight: Float @external heavy: Boolean @requires(fields: "weight") owner: Person! }
        type Person { name: String! things: [Thing] }
        type Place @key(fields: "serial") { serial: ID! area: Int! }`,
    },
  },
];
