import type { Token, Tokens } from 'marked'

/** Text for HTML, also within an attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

/** The anchor of a table row that describes a setting, such as `comserv_role`; undefined for any other row. */
export function settingId([first]: readonly Tokens.TableCell[]): string | undefined {
  return /^`([A-Z][A-Z_]+)`$/.exec(first?.text ?? '')?.[1]?.toLowerCase()
}

export function tableOf({ header, rows }: Tokens.Table, inline: (tokens: Token[]) => string): string {
  // An empty head is what Markdown asks for where a table has none.
  const labels = header.map(({ tokens, text }) => (text === '' ? '' : inline(tokens)))
  const head = labels.some(Boolean)
    ? `<thead><tr>${labels.map((label) => `<th>${label}</th>`).join('')}</tr></thead>`
    : ''
  const body = rows.map((row) => {
    const id = settingId(row)
    // On narrow screens each cell is a line of its own, below the name of its column.
    const cells = row.map(({ tokens }, i) => {
      const label = header[i]?.text.replaceAll('`', '') ?? ''
      return `<td${label === '' || i === 0 ? '' : ` data-label="${escaped(label)}"`}>${inline(tokens)}</td>`
    })
    return `<tr${id === undefined ? '' : ` id="${id}"`}>${cells.join('')}</tr>`
  })
  return `<table>${head}<tbody>${body.join('')}</tbody></table>`
}

/** What is wider than the page scrolls on its own, also by keyboard. */
export function framed(table: string, about: string): string {
  return `<div class="table-frame" role="region" tabindex="0" aria-label="Table: ${escaped(about)}">${table}</div>\n`
}
