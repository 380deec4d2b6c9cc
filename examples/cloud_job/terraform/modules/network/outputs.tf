output "network" {
  description = "The network"
  value       = google_compute_network.this.id
}

output "subnetwork" {
  description = "The subnetwork of jobs and services"
  value       = google_compute_subnetwork.this.id
}
