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
  {
    name: 'stock: composite keys, keys unlike in every subgraph, mutations with inputs',
    subgraphs: {
      counts: `
        type Query { positions(location: ID, only: [State!]): [Position!]! position(filter: Filter): Position }
        type Mutation { count(input: CountInput!): Position! }
        input CountInput { amount: Int! = 1 state: State note: NoteInput }
        input NoteInput { text: String! tags: [String!] = ["new"] }
        input Filter { state: State amount: Int }
        enum State { OPEN CLOSED }
        type Position @key(fields: "sku place") @key(fields: "code") { sku: ID! place: ID! code: ID! state: State onHand: Amount! }
        type Amount @shareable { value: Float unit: Unit! }
        enum Unit { EACH KILO }`,
      planning: `
        type Position @key(fields: "sku place") { sku: ID! place: ID! promised: Amount due: [Due!] moves: [Position!] }
        type Amount @shareable { value: Float unit: Unit! }
        enum Unit { EACH KILO }
        type Due { at: String amount: Amount! for: Position }`,
      money: `
        type Mutation { revalue(factor: Float = 1.5): [Position] }
        type Position @key(fields: "code") { code: ID! onHand: Amount! @external worth(in: Currency = EUR): Int @requires(fields: "onHand { value unit }") }
        type Amount { value: Float @external unit: Unit! @external }
        enum Unit { EACH KILO }
        enum Currency { EUR USD }`,
    },
  },
  {
    name: 'people: a circle of entities, interfaces of entities, @provides through lists',
    subgraphs: {
      directory: `
        type Query { people: [Person!]! nodes: [Node!]! boss: Employee }
        interface Node { id: ID! label: String }
        interface Person implements Node { id: ID! label: String friends: [Person] }
        type Employee implements Person & Node @key(fields: "id") { id: ID! label: String friends: [Person] boss: Employee salary: Int! }
        type Guest implements Person & Node @key(fields: "id") { id: ID! label: String @shareable friends: [Person] host: Employee! }`,
      rooms: `
        type Query { rooms: [Room!]! }
        type Room @key(fields: "id") { id: ID! size: Int guests: [Guest!] @provides(fields: "label") held: [Employee!]! }
        type Guest @key(fields: "id") { id: ID! label: String @external room: Room }
        type Employee @key(fields: "id") { id: ID! rooms(big: Boolean = false): [Room!]! }`,
      pay: `
        type Employee @key(fields: "id") { id: ID! salary: Int! @external bonus(percent: Int = 10): Float @requires(fields: "salary")
          peers: [Employee!]! grade: Grade }
        type Grade @shareable { name: String! step: Int }
        type Guest @key(fields: "id") { id: ID! fee: Int badge: Badge }
        union Badge = Grade | Pass
        type Pass { code: String! until: String }`,
    },
  },
  {
    name: 'hidden: @inaccessible types, fields and values, shareable unions',
    subgraphs: {
      front: `
        type Query { shown: [Shown!] entry(kind: Kind): Entry secret: String @inaccessible }
        union Shown = Post | Page | Draft
        type Post @key(fields: "id") { id: ID! title: String! entry: Entry hidden: Int @inaccessible }
        type Page @key(fields: "id") { id: ID! title: String! parent: Page }
        type Draft @inaccessible { title: String! }
        interface Entry { at: String kind: Kind! }
        type Open implements Entry { at: String kind: Kind! post: Post }
        type Shut implements Entry @inaccessible { at: String kind: Kind! }
        enum Kind { A B C @inaccessible }`,
      back: `
        type Post @key(fields: "id") { id: ID! hidden: Int @external rank: Int @requires(fields: "hidden") pages: [Page!] }
        type Page @key(fields: "id") { id: ID! posts: [Post!]! related: [Related] }
        union Related = Post | Page`,
    },
  },
  {
    name: 'archive: interface objects whose keys cannot be resolved, requirements of interface objects, stubs',
    beyondReference:
      'its planner never ends over { best { ... on Scroll { id } insured } favourites { worth stars } }, and nothing else runs meanwhile',
    subgraphs: {
      catalogue: `
        type Query { items: [Item!]! item(kind: Kind = MAP): Item shelf: [[Item]] }
        interface Item @key(fields: "id") { id: ID! title: String worth: Int }
        type Scroll implements Item @key(fields: "id") { id: ID! title: String worth: Int length: Int }
        type Chart implements Item @key(fields: "id") { id: ID! title: String worth: Int scale: Float! maker: Maker }
        type Maker @key(fields: "id") { id: ID! name: String @shareable }
        enum Kind { MAP SCROLL }`,
      favourites: `
        type Query { favourite: Item favourites: [Item!]! }
        type Item @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }
        type Maker @key(fields: "id") { id: ID! loved: [Item!]! }`,
      losses: `
        type Query { lost: [Scroll!] missing: Gone }
        union Gone = Scroll | Chart
        type Scroll @key(fields: "id", resolvable: false) { id: ID! }
        type Chart @key(fields: "id") { id: ID! lastSeen: String }`,
      ratings: `
        type Query { best: [Item] }
        type Item @key(fields: "id") @interfaceObject {
          id: ID! stars(of: Int = 5): Float worth: Int @external insured: Int @requires(fields: "worth") raters: [Rater!]! }
        type Rater { name: String! maker: Maker @provides(fields: "name") }
        type Maker @key(fields: "id") { id: ID! name: String @external }`,
    },
  },
  {
    name: 'ledger: lists of lists, values known to some, scalars as arguments, requirements through lists and interfaces, nested keys',
    subgraphs: {
      accounts: `
        type Query { accounts: [Account!]! grid(of: [[Int!]!]): [[Account!]!] today: Stamp! account(id: ID!): Account }
        type Mutation { open(on: Stamp, kind: Opening!): Account close(id: ID!): Account! }
        input Opening { state: State = OPEN stamps: [Stamp!] inner: Opening }
        scalar Stamp
        enum State { OPEN SHUT }
        enum Found { HERE GONE }
        type Account @key(fields: "no") @key(fields: "no owner { id }") {
          no: ID! owner: Party! lines: [[Line]] found: Found opened(in: Stamp): Stamp state: State }
        type Party @key(fields: "id") { id: ID! name: String }
        type Line @shareable { amount: Int at: Stamp }`,
      audit: `
        scalar Stamp
        enum Found { GONE ELSEWHERE }
        type Query { audits: [[[Audit]]] }
        type Account @key(fields: "no owner { id }") { no: ID! owner: Party! lines: [[Line]] @external
          sum: Int @requires(fields: "lines { amount }") seen: Found notes: [[Note!]!]! }
        type Party @key(fields: "id") { id: ID! }
        type Line { amount: Int @external }
        type Audit { account: Account at: Stamp! note: Note }
        interface Note { text: String }
        type Plain implements Note { text: String }
        type Signed implements Note { text: String by: Party! when: [Stamp] }`,
      mail: `
        type Mutation { send(text: String = "hello"): Sent! }
        type Sent { ok: Boolean to: [Party] }
        type Party @key(fields: "id") { id: ID! name: String @external greeting: String @requires(fields: "name") parties: [Party!] }`,
    },
  },
];
