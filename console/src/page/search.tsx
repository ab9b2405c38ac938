import { MantineProvider } from '@mantine/core'
import { createRoot } from 'react-dom/client'
import { SearchDialog } from '../docs/search/search-dialog.tsx'
import { styleNonce } from '../site.ts'
import { cssVariables, theme } from '../theme.ts'

let isOpen = false

/** The dialog of the application, on a page without it. */
export function openSearch(): void {
  if (isOpen) return
  isOpen = true
  const opener = document.activeElement
  const place = document.createElement('div')
  document.body.append(place)
  const root = createRoot(place)
  const close = () => {
    isOpen = false
    root.unmount()
    place.remove()
    if (opener instanceof HTMLElement) opener.focus()
  }
  root.render(
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => styleNonce}
    >
      <SearchDialog onClose={close} onOpen={(path) => location.assign(path)} />
    </MantineProvider>,
  )
}
