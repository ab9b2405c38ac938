import { escaped } from '../guides/tables.ts'

export interface Look {
  /** Path, theme and language. */
  name: string
  width: number
  /** The width that the page took; more than it had is a fault. */
  needed: number
  /** Beside the sheet. */
  file: string
}

/** A page with every picture: a row for each name, a column for each width. */
export function contactSheet(looks: readonly Look[], widths: readonly number[]): string {
  const names = [...new Set(looks.map(({ name }) => name))].toSorted()
  const rows = names.map((name) => {
    const cells = widths.map((width) =>
      cellOf(looks.find((look) => look.name === name && look.width === width)),
    )
    return `<tr><th>${escaped(name)}</th>${cells.join('')}</tr>`
  })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Looks</title>
<style>
body { font: 14px sans-serif; background: #777; color: #fff }
th { max-width: 14em; padding: 8px; text-align: left; vertical-align: top; overflow-wrap: anywhere }
td { padding: 4px; vertical-align: top }
img { display: block; width: 220px; height: 300px; object-fit: cover; object-position: top; border: 3px solid transparent }
.wide img { border-color: red }
</style>
<table>
<tr><th></th>${widths.map((width) => `<th>${width}</th>`).join('')}</tr>
${rows.join('\n')}
</table>
</html>
`
}

function cellOf(look: Look | undefined): string {
  if (!look) return '<td></td>'
  const { file, needed, width } = look
  const fault = needed > width ? ` class="wide" title="needs ${needed} px"` : ''
  return `<td${fault}><a href="${file}"><img src="${file}" loading="lazy" alt="${escaped(look.name)}, ${width}"></a></td>`
}
