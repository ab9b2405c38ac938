import { Modal, TextInput } from '@mantine/core'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react'
import { t } from '../../i18n/t.ts'
import { Icon } from '../../parts/icon.tsx'

export interface Option {
  key: string
  content: ReactNode
}

export interface OptionGroup {
  /** Undefined where all are of one kind. */
  label?: string
  options: readonly Option[]
}

interface Props {
  /** The name of the dialog. */
  label: string
  placeholder: string
  query: string
  groups: readonly OptionGroup[]
  /** What was found, in a sentence that is read aloud. */
  state: ReactNode
  /** Keeps the height of the dialog while what is found changes. */
  isSteady?: boolean
  onQuery(query: string): void
  onChoose(key: string): void
  onClose(): void
}

/** A search field and what it finds. The arrows choose, Enter opens, Escape closes; the focus stays in the field. */
export function Chooser(props: Props) {
  const { label, placeholder, query, groups, state, isSteady, onQuery, onChoose, onClose } = props
  const id = useId()
  const keys = groups.flatMap(({ options }) => options.map(({ key }) => key))
  const [wanted, setWanted] = useState<string>()
  // What was chosen may be gone with the next result.
  const chosen = wanted !== undefined && keys.includes(wanted) ? wanted : keys[0]
  useEffect(() => {
    if (chosen !== undefined) document.getElementById(`${id}-${chosen}`)?.scrollIntoView({ block: 'nearest' })
  }, [id, chosen])

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Enter' && chosen !== undefined) onChoose(chosen)
    else if (step && chosen !== undefined)
      setWanted(keys[(keys.indexOf(chosen) + step + keys.length) % keys.length])
    else return
    event.preventDefault()
  }
  return (
    <Modal.Root
      opened
      onClose={onClose}
      size="lg"
      padding={0}
      yOffset="8vh"
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay />
      <Modal.Content aria-label={label}>
        <TextInput
          data-autofocus
          className="search-field"
          variant="unstyled"
          size="md"
          placeholder={placeholder}
          leftSection={<Icon name="search" />}
          maxLength={200}
          value={query}
          onChange={({ currentTarget }) => {
            onQuery(currentTarget.value)
            setWanted(undefined)
          }}
          onKeyDown={onKeyDown}
          role="combobox"
          aria-label={placeholder}
          aria-expanded={keys.length > 0}
          aria-controls={`${id}-hits`}
          aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen}`}
          autoComplete="off"
          spellCheck={false}
        />
        <Hits
          id={id}
          groups={groups}
          chosen={chosen}
          isSteady={isSteady === true}
          onChoose={onChoose}
          onPoint={setWanted}
        />
        <div className="search-state" role="status">
          {state}
        </div>
      </Modal.Content>
    </Modal.Root>
  )
}

interface HitsProps extends Pick<Props, 'groups' | 'onChoose'> {
  id: string
  chosen: string | undefined
  isSteady: boolean
  onPoint(key: string): void
}

function Hits({ id, groups, chosen, isSteady, onChoose, onPoint }: HitsProps) {
  if (chosen === undefined && !isSteady) return null
  return (
    <div className="hits" data-steady={isSteady || undefined}>
      {chosen !== undefined && (
        <div role="listbox" id={`${id}-hits`} aria-label={t('Found')} tabIndex={-1}>
          {groups.map(({ label, options }) => (
            <Group key={label ?? ''} label={label}>
              {options.map(({ key, content }) => (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus, and its keys choose
                <div
                  key={key}
                  id={`${id}-${key}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={key === chosen}
                  className="hit"
                  onClick={() => onChoose(key)}
                  onMouseMove={() => onPoint(key)}
                >
                  {content}
                </div>
              ))}
            </Group>
          ))}
        </div>
      )}
    </div>
  )
}

function Group({ label, children }: { label: string | undefined; children: ReactNode }) {
  if (label === undefined) return children
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a list box
    <div role="group" aria-label={label}>
      <div className="hits-label" aria-hidden="true">
        {label}
      </div>
      {children}
    </div>
  )
}
