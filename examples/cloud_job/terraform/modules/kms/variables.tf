variable "project" {
  description = "ID of the project"
  type        = string
}

variable "region" {
  description = "Region of the staging bucket"
  type        = string
}

variable "key_location" {
  description = "Location of the key for backups"
  type        = string
}

variable "copy_region" {
  description = "Region of the copies"
  type        = string
}
