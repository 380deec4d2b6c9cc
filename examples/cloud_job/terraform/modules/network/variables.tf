variable "region" {
  description = "Region of the subnetwork"
  type        = string
}
