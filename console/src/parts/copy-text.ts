/** Over plain http, except on localhost, browsers offer no clipboard API; `execCommand` works. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'off-screen'
  document.body.append(field)
  field.select()
  document.execCommand('copy')
  field.remove()
}
