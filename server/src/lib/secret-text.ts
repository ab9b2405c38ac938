const charactersMin = 32

/** Why a text is no secret; completes a sentence such as "The key …". */
export function secretProblem(text: string): string | undefined {
  if (text.trim() === '') return 'is empty'
  // What a power cut leaves of a file may be zero bytes, as many as it had.
  if (/\p{Cc}/u.test(text)) return 'holds control characters'
  if (text.length < charactersMin) return `has fewer than ${charactersMin} characters`
  return undefined
}
