import { Kbd, UnstyledButton } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { t } from '../i18n/t.ts'
import '../docs/search/search.css'
import { Icon } from '../parts/icon.tsx'
import { lazyPart } from '../parts/lazy-part.tsx'

/** Loaded on the first search, with the index of the guides. */
const FindDialog = lazyPart(async () => (await import('./find-dialog.tsx')).FindDialog)

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)

/** Opens the search of everything, as Ctrl+K or Cmd+K does anywhere that has no other use for it. */
export function FindButton() {
  const navigate = useNavigate()
  const [isOpen, setOpen] = useState(false)
  const opener = useRef<Element>(null)
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      const isShortcut = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
      if (event.defaultPrevented || !isShortcut || event.key.toLowerCase() !== 'k') return
      // Above an open dialog there would be two traps for the focus.
      if (document.querySelector('[role="dialog"]')) return
      event.preventDefault()
      opener.current = document.activeElement
      setOpen(true)
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
  const close = () => {
    setOpen(false)
    const { current } = opener
    if (current instanceof HTMLElement) requestAnimationFrame(() => current.focus())
  }
  return (
    <>
      <UnstyledButton
        className="search-button"
        aria-label={t('Find anything')}
        aria-keyshortcuts="Control+K Meta+K"
        onClick={({ currentTarget }) => {
          opener.current = currentTarget
          setOpen(true)
        }}
      >
        <Icon name="search" />
        <span>{t('Find')}</span>
        {/* By the stylesheet: it is no part of the name of the button. */}
        <Kbd size="xs" className="shortcut" data-keys={isMac ? '⌘K' : 'Ctrl K'} />
      </UnstyledButton>
      {isOpen && (
        <FindDialog
          onClose={close}
          onOpen={(path) => {
            setOpen(false)
            navigate(path)
          }}
        />
      )}
    </>
  )
}
