/** An edited text and its new selection. */
export interface Edit {
  from: number
  to: number
  insert: string
  select: readonly [start: number, end: number]
}

/** The selection in a text. */
export interface Selected {
  text: string
  start: number
  end: number
}

export type Tool = (selected: Selected) => Edit

/** Puts `**` around the selection, or removes it. */
export function wrapped(mark: string, placeholder: string): Tool {
  return ({ text, start, end }) => {
    const inner = text.slice(start, end)
    const around = Math.min(runBefore(text, start, mark), runAfter(text, end, mark))
    // Of `***` around a word one is for italic and two are for bold.
    const isOn = mark.length === 1 ? around % 2 === 1 : around >= mark.length
    if (isOn) {
      const from = start - mark.length
      return { from, to: end + mark.length, insert: inner, select: [from, from + inner.length] }
    }
    const shown = inner || placeholder
    const at = start + mark.length
    return { from: start, to: end, insert: mark + shown + mark, select: [at, at + shown.length] }
  }
}

function runBefore(text: string, at: number, [sign]: string): number {
  let length = 0
  while (at - length > 0 && text[at - length - 1] === sign) length++
  return length
}

function runAfter(text: string, at: number, [sign]: string): number {
  let length = 0
  while (text[at + length] === sign) length++
  return length
}

/** Puts a prefix before each selected line, or removes it from all of them. */
export function prefixed(prefixOf: (line: number) => string, pattern: RegExp): Tool {
  return ({ text, start, end }) => {
    const from = text.lastIndexOf('\n', start - 1) + 1
    const after = text.indexOf('\n', end)
    const to = after === -1 ? text.length : after
    const lines = text.slice(from, to).split('\n')
    const isOn = lines.every((line) => pattern.test(line))
    const insert = lines
      .map((line, i) => (isOn ? line.replace(pattern, '') : prefixOf(i) + line.replace(pattern, '')))
      .join('\n')
    const last = from + insert.length
    return { from, to, insert, select: lines.length > 1 ? [from, last] : [last, last] }
  }
}

export const link: Tool = ({ text, start, end }) => {
  const inner = text.slice(start, end)
  if (URL.canParse(inner)) {
    return { from: start, to: end, insert: `[text](${inner})`, select: [start + 1, start + 5] }
  }
  const shown = inner || 'text'
  const at = start + shown.length + 3
  return { from: start, to: end, insert: `[${shown}](https://)`, select: [at, at + 8] }
}

/** One word, or a block of its own for several lines. */
export const code: Tool = (selected) => {
  const { text, start, end } = selected
  const inner = text.slice(start, end)
  if (!inner.includes('\n')) return wrapped('`', 'code')(selected)
  const insert = `\`\`\`\n${inner.replace(/\n$/, '')}\n\`\`\``
  return { from: start, to: end, insert, select: [start, start + insert.length] }
}
