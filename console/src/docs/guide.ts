/** A guide, built from its Markdown when the site is built. */
export interface Guide {
  title: string
  html: string
  headings: readonly Heading[]
}

export interface Heading {
  id: string
  text: string
  depth: number
}

export interface GuideEntry {
  name: string
  title: string
  load(): Promise<{ guide: Guide }>
}

/** A search entry: a section of a guide, an endpoint, or a setting. */
export interface SearchEntry {
  kind: 'section' | 'endpoint' | 'setting'
  to: string
  /** The title of the page; of an endpoint, its summary. */
  page: string
  /** The heading of the section; at the start of a page, its title. */
  heading: string
  text: string
}

/** The placeholder for this server's address in a guide, so that samples work when pasted. */
export const originMark = '%ORIGIN%'

/** The place of a paragraph that says whom to contact, if the operator has named somebody. */
export const supportMark = '%SUPPORT%'
