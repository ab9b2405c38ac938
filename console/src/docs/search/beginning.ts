/** Where words that begin like these stand in a text, whatever is between them. */
export function beginningOf(words: string): RegExp {
  const pattern = words.split(' ').map(literal).join('[\\p{L}\\p{N}]*[^\\p{L}\\p{N}]+')
  return new RegExp(`(?<![\\p{L}\\p{N}])${pattern}`, 'iu')
}

function literal(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
