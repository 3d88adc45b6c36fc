public enum PlaceholderRosters {}
