variable "project" {
  description = "ID of the project"
  type        = string
}
