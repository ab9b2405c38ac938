/** Generated from the Markdown files by console/guides/plugin.ts when the site is built. */
declare module 'virtual:guides' {
  /** In the order of the navigation. */
  export const guides: readonly import('./guide.ts').GuideEntry[]
}

declare module 'virtual:guide-search' {
  export const entries: readonly import('./guide.ts').SearchEntry[]
}
