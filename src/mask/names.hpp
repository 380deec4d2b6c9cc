#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace holdfast::masking {

// Names that no value is taken from. A hash chooses one, so their order is part of what a key gives: add none, and
// change none.
inline constexpr std::array<std::string_view, 64> kFirstNames = {
    "Ada",   "Alma",  "Anna",  "Arno",  "Asta",  "Bela",  "Ben",  "Boris", "Cara",  "Carl",  "Clara", "Cyril", "Dana",
    "David", "Dora",  "Edda",  "Elena", "Elias", "Emil",  "Emma", "Erik",  "Ernst", "Eva",   "Felix", "Finn",  "Flora",
    "Frida", "Georg", "Greta", "Hanna", "Hugo",  "Ida",   "Igor", "Ilse",  "Ines",  "Ivo",   "Jana",  "Jonas", "Julia",
    "Karl",  "Kira",  "Klara", "Lars",  "Lea",   "Leo",   "Lina", "Lotte", "Luca",  "Mara",  "Marie", "Max",   "Mila",
    "Nils",  "Nina",  "Nora",  "Olga",  "Oskar", "Paula", "Pia",  "Rosa",  "Sven",  "Tilda", "Uwe",   "Vera"};
inline constexpr std::array<std::string_view, 64> kLastNames = {
    "Adler",   "Albers", "Bauer",  "Becker", "Berger", "Bloom",  "Brandt", "Braun",  "Carter", "Clarke", "Conrad", "Decker", "Dietz",
    "Ebert",   "Engel",  "Fabian", "Fisher", "Fleet",  "Frank",  "Gerber", "Graham", "Gruber", "Hahn",   "Harper", "Heller", "Hobart",
    "Holt",    "Jansen", "Jordan", "Kaiser", "Keller", "Kern",   "Koller", "Kramer", "Kruger", "Lange",  "Lehman", "Lorenz", "Ludwig",
    "Marsh",   "Martin", "Meyer",  "Miller", "Moser",  "Nolan",  "Norden", "Olsen",  "Otto",   "Palmer", "Peters", "Quinn",  "Reed",
    "Richter", "Roth",   "Sander", "Schmid", "Simon",  "Sommer", "Stone",  "Thomas", "Ulrich", "Vogel",  "Weber",  "Winter"};

inline constexpr std::size_t kLongestFirstName = 5, kLongestLastName = 7;

/// An e-mail address has so many random characters before its host: 80 bits.
inline constexpr std::size_t kEmailCharacters = 16;

}  // namespace holdfast::masking
