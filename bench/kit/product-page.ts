// The page of the benchmark: what a member who is signed in sees of an article. It takes all five subgraphs.
export const PRODUCT_PAGE = `query ProductPage($sku: ID!, $customerId: ID!) {
  variant(sku: $sku) {
    sku
    title
    product { title brand variants { sku title } }
    price { amount { amount currency } type }
    availability { state promise { value } }
    stock { at { name } available { value } }
  }
  customer(id: $customerId) { name loyalty { tier balances { available pending } } }
  orders(filter: { customerId: $customerId }, first: 3) {
    edges {
      node {
        number
        placedAt
        location { name }
        totals { grandTotal { amount currency } }
        pointsEarned
        lines { quantity { value } variant { sku title } }
      }
    }
  }
}`;

export interface PageOf {
  readonly sku: string;
  readonly customerId: string;
}
