import type { UserStatus } from 'comserv'
import { labelOf } from '../catalog/use-catalog.ts'

const statuses: readonly UserStatus[] = ['active', 'inactive', 'suspended']

export const userStatuses = statuses.map((value) => ({ value, label: labelOf(value) }))
