import type { Answer, Call } from 'comserv'

/** The response to a change, with the record. The pages of a record are for those who may read it. */
export async function withRecord<T>(call: Call<T | undefined>): Promise<Answer<T>> {
  const answer = await call.withResponse()
  const { data } = answer
  if (data === undefined) throw new Error('The change was saved. You can no longer read the record.')
  return { ...answer, data }
}
