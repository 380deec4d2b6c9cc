variable "project" {
  description = "ID of the project"
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project's ID has 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "Region of the database, the job and the application"
  type        = string
  default     = "europe-west1"
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is a name like europe-west1."
  }
}

variable "backup_location" {
  description = "Dual region of the backups: EUR4, NAM4 or ASIA1"
  type        = string
  default     = "EUR4"
  validation {
    condition     = contains(["EUR4", "NAM4", "ASIA1"], var.backup_location)
    error_message = "The location is EUR4, NAM4 or ASIA1."
  }
}

variable "copy_region" {
  description = "Region of the copies, outside of the dual region"
  type        = string
  default     = "us-east1"
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.copy_region))
    error_message = "A region is a name like us-east1."
  }
}

variable "database_name" {
  description = "Name of the database"
  type        = string
  default     = "shop"
  validation {
    condition     = can(regex("^[a-z_][a-z0-9_]{0,62}$", var.database_name))
    error_message = "A database's name has lower-case letters, digits and underscores."
  }
}

variable "database_tier" {
  description = "Machine type of the instance"
  type        = string
  default     = "db-custom-2-7680"
  validation {
    condition     = startswith(var.database_tier, "db-")
    error_message = "A tier begins with db-."
  }
}

variable "server_side_export" {
  description = "Let the instance export itself (cloudsql://), instead of pg_dump in the job"
  type        = bool
  default     = false
}

variable "schedule" {
  description = "Cron expression of the backups, in UTC"
  type        = string
  default     = "0 * * * *"
  validation {
    condition     = length(split(" ", var.schedule)) == 5
    error_message = "A schedule has five fields."
  }
}

variable "validation_schedule" {
  description = "Cron expression of the restore validations, in UTC"
  type        = string
  default     = "30 3 * * *"
  validation {
    condition     = length(split(" ", var.validation_schedule)) == 5
    error_message = "A schedule has five fields."
  }
}

variable "retention_days" {
  description = "Days for which no backup can be removed, and after which it is"
  type        = number
  default     = 30
  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 3650
    error_message = "Backups are kept from 1 to 3650 days."
  }
}

variable "lock_retention" {
  description = "Lock the retention policy. This cannot be undone: the bucket can't be removed before its last object may be"
  type        = bool
  default     = false
}

variable "image" {
  description = "Image of the job, by digest"
  type        = string
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest: REGISTRY/NAME@sha256:..."
  }
}

variable "app_image" {
  description = "Image of the application, by digest"
  type        = string
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.app_image))
    error_message = "Name the image by its digest: REGISTRY/NAME@sha256:..."
  }
}

variable "alert_email" {
  description = "Receiver of the alerts"
  type        = string
  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+$", var.alert_email))
    error_message = "This is no mail address."
  }
}
