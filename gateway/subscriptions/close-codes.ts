// Codes a socket is closed with, beside those the graphql-ws protocol gives itself.
export const GOING_AWAY = 1012;
export const UNAUTHENTICATED = 4403;
export const TOO_SLOW = 4429;
