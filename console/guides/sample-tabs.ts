import type { Token, Tokens } from 'marked'

/** Samples of the same thing in several languages: fences that follow each other, each marked `tab=LABEL`. */
export interface SampleTabs {
  type: 'sample-tabs'
  raw: string
  samples: Tokens.Code[]
}

/** @returns what the reader chooses the sample by; undefined for one that stands by itself */
export function tabLabel(token: Token): string | undefined {
  return token.type === 'code' ? /\btab=(\S+)/.exec(token.lang ?? '')?.[1] : undefined
}

/** Puts a token for the group where its fences stood. A label that comes again begins the next group. */
export function withSampleTabs(tokens: readonly Token[]): Token[] {
  const grouped: Token[] = []
  for (const token of tokens) {
    const label = tabLabel(token)
    const last = grouped.at(-1)
    if (label === undefined) {
      // What is between two fences is an empty line, and belongs to the group.
      if (token.type !== 'space' || last?.type !== 'sample-tabs') grouped.push(token)
    } else if (isGroup(last) && !last.samples.some((sample) => tabLabel(sample) === label)) {
      last.samples.push(token as Tokens.Code)
    } else {
      grouped.push({ type: 'sample-tabs', raw: token.raw, samples: [token as Tokens.Code] })
    }
  }
  return grouped
}

function isGroup(token: Token | undefined): token is SampleTabs {
  return token?.type === 'sample-tabs'
}

/** The first is open until the page knows what the reader chose. @param id starts with a letter, and is the group's own */
export function sampleTabs(id: string, samples: readonly { label: string; html: string }[]): string {
  const tab = ({ label }: { label: string }, i: number) =>
    `<button type="button" role="tab" id="${id}-tab-${i}" aria-controls="${id}-panel-${i}" aria-selected="${i === 0}" tabindex="${i === 0 ? 0 : -1}" data-label="${label}">${label}</button>`
  const panel = ({ label, html }: { label: string; html: string }, i: number) =>
    `<div role="tabpanel" id="${id}-panel-${i}" aria-labelledby="${id}-tab-${i}" data-label="${label}"${i === 0 ? '' : ' hidden'}>${html}</div>`
  return `<div class="sample-tabs"><div role="tablist" aria-label="Language of the sample">${samples.map(tab).join('')}</div>${samples.map(panel).join('')}</div>\n`
}
