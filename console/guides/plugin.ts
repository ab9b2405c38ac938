import type { Plugin } from 'vite'
import { guideFiles, readGuide } from './files.ts'
import { openApiFile } from './links.ts'
import { renderGuide } from './markdown.ts'
import { searchIndex } from './search-index.ts'

const listId = 'virtual:guides'
const searchId = 'virtual:guide-search'
const query = '?guide'

/**
 * Gives the site its guides: `virtual:guides` lists them with their titles and loads one when it is opened,
 * `virtual:guide-search` is all of their text. Nothing of Markdown is left to the browser.
 */
export function guides(): Plugin {
  return {
    name: 'guides',
    resolveId: (id) => {
      if (id === listId || id === searchId) return `\0${id}`
      return id.endsWith(query) ? id : undefined
    },
    load(id) {
      if (id === `\0${listId}`) return listModule()
      if (id === `\0${searchId}`) {
        for (const file of [...guideFiles().values(), openApiFile]) this.addWatchFile(file)
        return `export const entries = ${JSON.stringify(searchIndex())}`
      }
      if (!id.endsWith(query)) return undefined
      const file = id.slice(0, -query.length)
      this.addWatchFile(file)
      return `export const guide = ${JSON.stringify(renderGuide(readGuide(file), file))}`
    },
  }
}

function listModule(): string {
  const lines = [...guideFiles()].map(([name, file]) => {
    const { title } = renderGuide(readGuide(file), file)
    return `{ name: ${JSON.stringify(name)}, title: ${JSON.stringify(title)}, load: () => import(${JSON.stringify(file + query)}) },`
  })
  return `export const guides = [\n${lines.join('\n')}\n]`
}
