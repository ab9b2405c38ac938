/** The maximum length of an expression, in characters. */
export const expressionCharactersMax = 4_000
