resource "google_compute_network" "this" {
  name                    = "shop"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "this" {
  name                     = "shop"
  region                   = var.region
  network                  = google_compute_network.this.id
  ip_cidr_range            = "10.20.0.0/24"
  private_ip_google_access = true
}

# The instance has a private address only.
resource "google_compute_global_address" "services" {
  name          = "shop-services"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
  network       = google_compute_network.this.id
}

resource "google_service_networking_connection" "services" {
  network                 = google_compute_network.this.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services.name]
}
