const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

/** Whether the checksum of a text is right (BIP 173, of any length): one that is mistyped has another. */
export function isBech32(text: string): boolean {
  const end = text.lastIndexOf('1')
  const data = [...text.slice(end + 1)].map((letter) => letters.indexOf(letter))
  if (end < 1 || data.length < 6 || data.includes(-1)) return false
  const prefix = [...text.slice(0, end)].map((letter) => letter.charCodeAt(0))
  return checksum([...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31), ...data]) === 1
}

function checksum(values: readonly number[]): number {
  let sum = 1
  for (const value of values) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    for (const [bit, part] of generator.entries()) if ((top >> bit) & 1) sum ^= part
  }
  return sum
}
