import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { t } from '../i18n/t.ts'
import { ExportMenu } from '../list/export-menu.tsx'
import type { Row } from '../list/list-table.tsx'
import { type ListProps, ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Page, type Step } from '../shell/page.tsx'

interface Props<T, Q> extends Omit<ListProps<T, Q>, 'empty' | 'label' | 'above'> {
  title: string
  /** The name of the list for screen readers; the title by default. */
  label?: string
  under: readonly Step[]
  guide: string
  lead?: string
  /** The label of the create button, if the person may create one. */
  create?: string | false
  /** Other actions, before that button. */
  more?: ReactNode
  /** Shown above the list. */
  notice?: ReactNode
  /** Shown below the list. */
  below?: ReactNode
  /** Whether there is a trash that the person may read. */
  hasTrash?: boolean
  /** Whether the person may import a file. */
  imports?: boolean
  /** The cheapest request of the list, made before a download. */
  download?: { name: string; rows?: string; ask(filters: Q): PromiseLike<unknown> }
  /** Shown when there are no records. */
  empty: { title: string; text?: ReactNode }
}

/** The page of a list, with its links and actions. */
export function ListPage<T extends Row, Q>(props: Props<T, Q>) {
  const {
    title,
    label = title,
    under,
    guide,
    lead,
    create,
    more,
    notice,
    below,
    hasTrash,
    download,
    imports,
    empty,
    ...list
  } = props
  const createButton = create && (
    <Button component={Link} to="new" leftSection={<Icon name="plus" size={16} />}>
      {create}
    </Button>
  )
  return (
    <Page
      title={title}
      under={under}
      guide={guide}
      lead={lead}
      actions={
        (hasTrash || download || imports || more || createButton) && (
          <>
            {hasTrash && (
              <Button
                component={Link}
                to="trash"
                variant="default"
                leftSection={<Icon name="trash" size={16} />}
              >
                {t('Trash')}
              </Button>
            )}
            {download && (
              <ExportMenu {...download} filterNames={(list.filters ?? []).map(({ name }) => name)} />
            )}
            {imports && (
              <Button component={Link} to="import" variant="default">
                {t('Import')}
              </Button>
            )}
            {more}
            {createButton}
          </>
        )
      }
    >
      {notice}
      <ResourceList
        {...list}
        label={label}
        empty={
          <Empty title={empty.title} action={createButton}>
            {empty.text}
          </Empty>
        }
      />
      {below}
    </Page>
  )
}
