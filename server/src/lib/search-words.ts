/** The words of a search: whatever is not a letter or digit parts them, and case does not matter. */
export function searchWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}
