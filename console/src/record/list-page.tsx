import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { ExportMenu } from '../list/export-menu.tsx'
import type { Row } from '../list/list-table.tsx'
import { type ListProps, ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Page, type Step } from '../shell/page.tsx'

interface Props<T, Q> extends Omit<ListProps<T, Q>, 'empty' | 'label'> {
  title: string
  /** What it is of, for those who hear it; the title, unless it is given. */
  label?: string
  under: readonly Step[]
  guide: string
  lead?: string
  /** The words on the button that leads to a new one, for whoever may make one. */
  create?: string | false
  /** Whether there is a trash that one may look into. */
  hasTrash?: boolean
  /** Reads as little of the list as there is, before it is downloaded. */
  download?: { name: string; ask(filters: Q): PromiseLike<unknown> }
  /** What is said where there is nothing at all. */
  empty: { title: string; text?: ReactNode }
}

/** The page of a list, with the ways from it. */
export function ListPage<T extends Row, Q>(props: Props<T, Q>) {
  const { title, label = title, under, guide, lead, create, hasTrash, download, empty, ...list } = props
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
        (hasTrash || download || createButton) && (
          <>
            {hasTrash && (
              <Button
                component={Link}
                to="trash"
                variant="default"
                leftSection={<Icon name="trash" size={16} />}
              >
                Trash
              </Button>
            )}
            {download && (
              <ExportMenu {...download} filterNames={(list.filters ?? []).map(({ name }) => name)} />
            )}
            {createButton}
          </>
        )
      }
    >
      <ResourceList
        {...list}
        label={label}
        empty={
          <Empty title={empty.title} action={createButton}>
            {empty.text}
          </Empty>
        }
      />
    </Page>
  )
}
