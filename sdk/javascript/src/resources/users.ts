import type { BatchOptions, CallOptions, ChangeOptions, PostOptions } from '../call-options.ts'
import { type Http, path } from '../http.ts'
import type {
  BatchAnswer,
  CreatedUser,
  ListedUser,
  TrashedUser,
  User,
  UserBatchItem,
  UserBatchResult,
  UserCreate,
  UserExportQuery,
  UserListQuery,
  UserRestore,
  UserTrashQuery,
  UserUpdate,
} from '../types.ts'

export type Users = ReturnType<typeof usersOf>

/** Scopes `users:read` and `users:write`. */
export function usersOf(http: Http) {
  return {
    /** One page when awaited, everyone when iterated over. */
    list: (query?: UserListQuery, options?: CallOptions) =>
      http.list<ListedUser>('/api/v1/users', query, options),

    get: (id: number, options?: CallOptions) =>
      http.call<User>({ method: 'GET', path: path`/api/v1/users/${id}`, options }),

    create: (user: UserCreate, options?: PostOptions) =>
      http.call<CreatedUser>({ method: 'POST', path: '/api/v1/users', json: user, options }),

    /** Changes the fields that are given; null clears an optional one. */
    update: (id: number, change: UserUpdate, options?: ChangeOptions) =>
      http.call<User>({ method: 'PATCH', path: path`/api/v1/users/${id}`, json: change, options }),

    /** Moves the user to the trash, from where `restore` brings it back for 30 days. */
    delete: (id: number, options?: ChangeOptions) =>
      http.call<void>({ method: 'DELETE', path: path`/api/v1/users/${id}`, options }),

    /** Under the `username` and `email` that are given, where somebody else has taken the old ones. */
    restore: (id: number, { username, email, ...options }: UserRestore & PostOptions = {}) =>
      http.call<User>({
        method: 'POST',
        path: path`/api/v1/users/${id}/restore`,
        json: username === undefined && email === undefined ? undefined : { username, email },
        options,
      }),

    /** Those who were deleted and can be restored. */
    trash: (query?: UserTrashQuery, options?: CallOptions) =>
      http.list<TrashedUser>('/api/v1/users/trash', query, options),

    /** Up to 100 changes in one request, each with a result of its own; with `atomic` all are done or none is. */
    batch: (items: readonly UserBatchItem[], { atomic, ...options }: BatchOptions = {}) =>
      http.call<BatchAnswer<UserBatchResult>>({
        method: 'POST',
        path: '/api/v1/users/batch',
        query: { atomic },
        json: { items },
        options,
      }),

    /** Everyone that the filters let through, in one answer, with their profiles. */
    export: (query?: UserExportQuery, options?: CallOptions) =>
      http.export<User>('/api/v1/users/export', query, options),
  }
}
