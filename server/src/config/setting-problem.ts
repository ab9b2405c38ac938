/** Thrown by a setting's `parse`; the message completes the sentence "NAME …". It never repeats a value that may hold a secret. */
export class SettingProblem extends Error {}

/** With a function that reads a text, or does not understand it. */
export function understood<T>(read: (text: string) => T | undefined, otherwise: string) {
  return (text: string): T => {
    const value = read(text)
    if (value !== undefined) return value
    throw new SettingProblem(otherwise)
  }
}
