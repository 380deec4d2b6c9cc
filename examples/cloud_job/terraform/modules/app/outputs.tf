output "address" {
  description = "Address of the load balancer"
  value       = google_compute_global_forwarding_rule.this.ip_address
}
