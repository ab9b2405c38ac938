import { Paper } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useNavigate } from 'react-router'
import { t } from '../i18n/t.ts'
import { notice } from '../parts/notice.ts'
import { tellUnknownCategories } from '../rules/unknown-categories.ts'
import { Page } from '../shell/page.tsx'
import type { Kind, Stored } from './kind.ts'
import { type FormOf, RecordForm, type Values } from './record-form.tsx'
import { useChanged } from './use-record.ts'

/** The props of the page's form. */
export interface Creating<M extends Stored> {
  onMade(made: M): void
  /** Leads to the list. */
  back(): void
}

interface Props<T extends Stored, M extends Stored> {
  kind: Kind<T, never, never, M>
  title: string
  guide?: string
  /** The page that shows the secret of a new record, if its kind has one. */
  secret?: {
    title: string
    /** Whether this record has one; by default each has. */
    isIn?: (made: M) => boolean
    show(made: M, onDone: () => void): ReactNode
  }
  children(creating: Creating<M>): ReactNode
}

/** Creates a record, and opens its page. */
export function NewPage<T extends Stored, M extends Stored>(props: Props<T, M>) {
  const { kind, title, guide, secret, children } = props
  const navigate = useNavigate()
  const { reload } = useChanged(kind)
  const [made, setMade] = useState<M>()
  const open = ({ id }: Stored) => navigate(`${kind.path}/${id}`, { replace: true })
  if (made && secret) {
    return (
      <Page title={secret.title} under={kind.trail}>
        {secret.show(made, () => open(made))}
      </Page>
    )
  }
  return (
    <Page title={title} under={kind.trail} guide={guide ?? kind.guide}>
      {children({
        onMade: (made) => {
          void reload()
          if (secret && (secret.isIn?.(made) ?? true)) return setMade(made)
          open(made)
          notice(t('Created.'))
        },
        back: () => navigate(kind.path),
      })}
    </Page>
  )
}

interface FormProps<T extends Stored, V extends Values, C, M extends Stored> extends Creating<M> {
  kind: Kind<T, C, never, M>
  of: FormOf<T, V, C, unknown>
  verb: string
}

export function NewForm<T extends Stored, V extends Values, C, M extends Stored>(
  props: FormProps<T, V, C, M>,
) {
  const { kind, of, verb, onMade, back } = props
  return (
    <Paper withBorder p="lg" maw={760}>
      <RecordForm
        of={of}
        verb={verb}
        send={async (values) => kind.calls.create(of.createInput(values))}
        onDone={(made) => {
          onMade(made)
          tellUnknownCategories(made)
        }}
        onCancel={back}
      />
    </Paper>
  )
}
