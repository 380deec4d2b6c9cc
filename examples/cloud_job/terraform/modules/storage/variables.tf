variable "project" {
  description = "ID of the project, which begins the buckets' names"
  type        = string
}

variable "region" {
  description = "Region of the staging bucket"
  type        = string
}

variable "backup_location" {
  description = "Dual region of the backups"
  type        = string
}

variable "copy_region" {
  description = "Region of the copies"
  type        = string
}

variable "retention_days" {
  description = "Days for which no backup can be removed"
  type        = number
}

variable "lock_retention" {
  description = "Lock the retention policy for good"
  type        = bool
}

variable "backup_key" {
  description = "Key of the backups"
  type        = string
}

variable "copy_key" {
  description = "Key of the copies"
  type        = string
}

variable "staging_key" {
  description = "Key of the staging bucket"
  type        = string
}

variable "backup_account" {
  description = "Account of the backup job"
  type        = string
}

variable "validate_account" {
  description = "Account of the validation job"
  type        = string
}

variable "instance_account" {
  description = "Account of the database instance"
  type        = string
}
