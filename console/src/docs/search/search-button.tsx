import { Kbd, UnstyledButton } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { useNavigate } from 'react-router'
import './search.css'
import { t } from '../../i18n/t.ts'
import { Icon } from '../../parts/icon.tsx'
import { lazyPart } from '../../parts/lazy-part.tsx'

/** The index of all guides is loaded with the dialog, on the first search. */
const SearchDialog = lazyPart(async () => (await import('./search-dialog.tsx')).SearchDialog)

/** Opens the search, as does the key `/` outside input fields. */
export function SearchButton() {
  const navigate = useNavigate()
  const [isOpen, { open, close }] = useDisclosure(false)
  useHotkeys([
    ['/', open],
    ['mod+K', open],
  ])
  return (
    <>
      <UnstyledButton
        className="search-button"
        onClick={open}
        aria-label={t('Search the documentation')}
        aria-keyshortcuts="/"
      >
        <Icon name="search" />
        <span>{t('Search', { context: 'verb' })}</span>
        <Kbd size="xs">/</Kbd>
      </UnstyledButton>
      {isOpen && <SearchDialog onClose={close} onOpen={navigate} />}
    </>
  )
}
