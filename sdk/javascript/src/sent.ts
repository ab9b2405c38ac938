import type { operations } from './generated/api.ts'

/** A request: optional fields may be `undefined`. */
export type Sent<T> = {
  [K in keyof T as object extends Pick<T, K> ? never : K]: T[K]
} & {
  [K in keyof T as object extends Pick<T, K> ? K : never]?: T[K] | undefined
}

/** The query parameters of an operation. */
export type Query<Name extends keyof operations> = Sent<NonNullable<operations[Name]['parameters']['query']>>
